/** What TensorFlow 2.21's CUDA build says where it takes no GPU, with TF_CPP_MIN_LOG_LEVEL=0 and TF_CPP_VMODULE=dso_loader=1. */

export const WITHOUT_DRIVER = `WARNING: All log messages before absl::InitializeLog() is called are written to STDERR
I0000 00:00:1795978309.113286   28393 port.cc:153] oneDNN custom operations are on. You may see slightly different numerical results due to floating-point round-off errors from different computation orders. To turn them off, set the environment variable \`TF_ENABLE_ONEDNN_OPTS=0\`.
I0000 00:00:1795978309.114231   28393 cudart_stub.cc:31] Could not find cuda drivers on your machine, GPU will not be used.
I0000 00:00:1795978309.297813   28393 cpu_feature_guard.cc:227] This TensorFlow binary is optimized to use available CPU instructions in performance-critical operations.
To enable the following instructions: AVX2 AVX512F AVX512_VNNI AVX512_BF16 AVX512_FP16 AVX_VNNI AMX_TILE AMX_INT8 AMX_BF16 FMA, in other operations, rebuild TensorFlow with the appropriate compiler flags.
I0000 00:00:1795978309.298212   28393 dso_loader.cc:144] Could not load dynamic library 'libcuda.so.1'; dlerror: libcuda.so.1: cannot open shared object file: No such file or directory
E0000 00:00:1795978309.298238   28393 cuda_platform.cc:52] failed call to cuInit: INTERNAL: CUDA error: Failed call to cuInit: UNKNOWN ERROR (303)
`;

/** With a library in the driver's place that answers that there is one GPU, and no library of CUDA's own. */
export const WITHOUT_CUDA = `WARNING: All log messages before absl::InitializeLog() is called are written to STDERR
I0000 00:00:1795978454.273353   31587 cudart_stub.cc:31] Could not find cuda drivers on your machine, GPU will not be used.
I0000 00:00:1795978454.437227   31587 cpu_feature_guard.cc:227] This TensorFlow binary is optimized to use available CPU instructions in performance-critical operations.
I0000 00:00:1795978454.441478   31587 dso_loader.cc:133] Successfully opened dynamic library libcuda.so.1
I0000 00:00:1795978454.441616   31587 dso_loader.cc:133] Successfully opened dynamic library libnvidia-ml.so.1
E0000 00:00:1795978454.441680   31587 cuda_executor.cc:1737] INTERNAL: CUDA Runtime error: Failed call to cudaGetRuntimeVersion: Error loading CUDA libraries. GPU will not be used.: Error loading CUDA libraries. GPU will not be used.
I0000 00:00:1795978454.442249   31612 dso_loader.cc:144] Could not load dynamic library 'libcudnn.so.9'; dlerror: libcudnn.so.9: cannot open shared object file: No such file or directory; LD_LIBRARY_PATH: /tmp/driver
W0000 00:00:1795978454.442291   31612 cuda_executor.cc:1755] Failed to determine cuDNN version (Note that this is expected if the application doesn't link the cuDNN plugin): INTERNAL: cuDNN error: CUDNN_STATUS_INTERNAL_ERROR
I0000 00:00:1795978454.446323   31587 dso_loader.cc:144] Could not load dynamic library 'libcudart.so.12'; dlerror: libcudart.so.12: cannot open shared object file: No such file or directory; LD_LIBRARY_PATH: /tmp/driver
I0000 00:00:1795978454.446365   31587 dso_loader.cc:144] Could not load dynamic library 'libcublas.so.12'; dlerror: libcublas.so.12: cannot open shared object file: No such file or directory; LD_LIBRARY_PATH: /tmp/driver
I0000 00:00:1795978454.446729   31587 dso_loader.cc:144] Could not load dynamic library 'libcublasLt.so.12'; dlerror: libcublasLt.so.12: cannot open shared object file: No such file or directory; LD_LIBRARY_PATH: /tmp/driver
I0000 00:00:1795978454.447051   31587 dso_loader.cc:144] Could not load dynamic library 'libcufft.so.11'; dlerror: libcufft.so.11: cannot open shared object file: No such file or directory; LD_LIBRARY_PATH: /tmp/driver
I0000 00:00:1795978454.447273   31587 dso_loader.cc:144] Could not load dynamic library 'libcusolver.so.11'; dlerror: libcusolver.so.11: cannot open shared object file: No such file or directory; LD_LIBRARY_PATH: /tmp/driver
I0000 00:00:1795978454.447490   31587 dso_loader.cc:144] Could not load dynamic library 'libcusparse.so.12'; dlerror: libcusparse.so.12: cannot open shared object file: No such file or directory; LD_LIBRARY_PATH: /tmp/driver
I0000 00:00:1795978454.447548   31587 dso_loader.cc:144] Could not load dynamic library 'libcudnn.so.9'; dlerror: libcudnn.so.9: cannot open shared object file: No such file or directory; LD_LIBRARY_PATH: /tmp/driver
W0000 00:00:1795978454.447565   31587 gpu_device.cc:2365] Cannot dlopen some GPU libraries. Please make sure the missing libraries mentioned above are installed properly if you would like to use GPU. Follow the guide at https://www.tensorflow.org/install/gpu for how to download and setup the required libraries for your platform.
Skipping registering GPU devices...
`;
