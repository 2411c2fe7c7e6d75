"""
Measures PyTorch for `npm run bench:gpu`: answers each line of JSON on stdin with one on stdout (measurer.ts says which).
Images and labels lie on the device; a step gathers its batch and makes one SGD update, all inside the measured time.
"""

import json
import os
import sys
import time
from pathlib import Path

import torch
from torch.nn import functional as F

sys.path.append(str(Path(__file__).resolve().parent.parent))
from lenet5 import LeNet5  # noqa: E402

IMAGES, EVALUATION_BATCH, LEARNING_RATE = 4096, 256, 0.001
DEVICE = torch.device("cuda" if torch.cuda.is_available() else "cpu")


class Sums:
    def __init__(self):
        self.loss = torch.zeros((), device=DEVICE)
        self.correct = torch.zeros((), dtype=torch.long, device=DEVICE)

    def add(self, logits, labels, loss):
        self.loss += loss.detach() * len(labels)
        self.correct += (logits.argmax(1) == labels).sum()


def eager_training():
    model, sums = LeNet5().to(DEVICE), Sums()
    optimizer = torch.optim.SGD(model.parameters(), lr=LEARNING_RATE)

    def step(batch):
        logits = model(images[batch])
        loss = F.cross_entropy(logits, labels[batch])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        sums.add(logits, labels[batch], loss)

    return step


def compiled_training():
    """The whole step as one graph, backward and update included: torch.compile breaks at loss.backward()."""
    model, sums = LeNet5().to(DEVICE), Sums()
    parameters = {name: tensor.detach() for name, tensor in model.named_parameters()}

    def loss_of(values, x, y):
        logits = torch.func.functional_call(model, values, (x,))
        return F.cross_entropy(logits, y), logits

    @torch.compile(dynamic=False)
    def step(batch):
        x, y = images[batch], labels[batch]
        gradients, (loss, logits) = torch.func.grad_and_value(loss_of, has_aux=True)(parameters, x, y)
        for name, parameter in parameters.items():
            parameter.sub_(LEARNING_RATE * gradients[name])
        sums.add(logits, y, loss)

    return step


def evaluation():
    model, sums = LeNet5().to(DEVICE), Sums()
    confidences = torch.zeros(EVALUATION_BATCH, device=DEVICE)

    @torch.no_grad()
    def step(batch):
        logits = model(images[batch])
        confidences.copy_(logits.softmax(1).amax(1))
        sums.add(logits, labels[batch], F.cross_entropy(logits, labels[batch]))

    return step


STEPS = {
    ("training", "eager"): eager_training,
    ("training", "compiled"): compiled_training,
    ("evaluation", "eager"): evaluation,
    ("evaluation", "compiled"): lambda: torch.compile(evaluation(), dynamic=False),
}


def synchronize():
    if DEVICE.type == "cuda":
        torch.cuda.synchronize()


def prepare(case):
    step = STEPS[case["work"], case["way"]]()
    size = case["batchSize"]
    place = 0

    def run(steps):
        nonlocal place
        for _ in range(steps):
            step(order[place : place + size])
            place = (place + size) % IMAGES
        synchronize()

    return run


def serve():
    runs = {}
    for line in sys.stdin:
        request = json.loads(line)
        ask = request["ask"]
        try:
            if ask == "about":
                device = torch.cuda.get_device_name() if DEVICE.type == "cuda" else "cpu"
                answer = {"version": torch.__version__.partition("+")[0], "device": device}
            elif ask == "prepare":
                runs[request["id"]] = prepare(request["case"])
                answer = {}
            elif ask == "run":
                cpu, start = time.process_time(), time.perf_counter()
                runs[request["id"]](request["steps"])
                answer = {"seconds": time.perf_counter() - start, "cpuSeconds": time.process_time() - cpu}
            else:
                runs.clear()
                answer = {}
        except Exception as error:  # the next case may well run
            answer = {"error": f"{type(error).__name__}: {error}"[:500]}
        print(json.dumps(answer), file=answers, flush=True)


# what a library prints goes to stderr
answers = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)
if DEVICE.type == "cpu":
    torch.set_num_threads(1)
else:
    # as TensorFlow does by default
    torch.set_float32_matmul_precision("high")
images = torch.rand(IMAGES, 1, 32, 32, device=DEVICE)
labels = torch.randint(10, (IMAGES,), device=DEVICE)
order = torch.randperm(IMAGES, device=DEVICE)
serve()
