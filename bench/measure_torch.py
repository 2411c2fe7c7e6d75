"""
Measures PyTorch for `npm run bench` and `npm run bench:gpu`, as serving.py is asked: `measure_torch.py IMAGES`. OMP_NUM_THREADS
says on how many threads. Images and labels lie on the device. A step of training gathers its batch in shuffled order
(each pass over the images shuffles anew) and makes one SGD update, all inside the measured time; one of evaluation takes
its batch in order.
"""

import serving  # noqa: I001  first

import sys

import torch
from torch.nn import functional as F

from lenet5 import LeNet5, train_step

IMAGES, LEARNING_RATE = int(sys.argv[1]), 0.001
DEVICE = torch.device("cuda" if torch.cuda.is_available() else "cpu")


class Sums:
    def __init__(self):
        self.loss = torch.zeros((), device=DEVICE)
        self.correct = torch.zeros((), dtype=torch.long, device=DEVICE)

    def add(self, logits, labels, loss):
        self.loss += loss * len(labels)
        self.correct += (logits.argmax(1) == labels).sum()


def eager_training():
    model, sums = LeNet5().to(DEVICE), Sums()
    optimizer = torch.optim.SGD(model.parameters(), lr=LEARNING_RATE)

    def step(batch):
        x, y = images[batch], labels[batch]
        loss, logits = train_step(model, optimizer, x, y)
        sums.add(logits, y, loss)

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


def evaluation(make=lambda forward: forward):
    model, sums = LeNet5().to(DEVICE), Sums()

    @make
    @torch.no_grad()
    def forward(x, y):
        logits = model(x)
        sums.add(logits, y, F.cross_entropy(logits, y))
        return logits.softmax(1).amax(1)

    return lambda batch: forward(images[batch], labels[batch])


STEPS = {
    ("training", "eager"): eager_training,
    ("training", "compiled"): compiled_training,
    ("evaluation", "eager"): evaluation,
    ("evaluation", "compiled"): lambda: evaluation(torch.compile(dynamic=False)),
}


def shuffled(size):
    while True:
        order = torch.randperm(IMAGES, device=DEVICE)
        for place in range(0, IMAGES - size + 1, size):
            yield order[place : place + size]


def in_order(size):
    while True:
        for place in range(0, IMAGES - size + 1, size):
            yield slice(place, place + size)


def prepare(case):
    step = STEPS[case["work"], case["way"]]()
    batches = (shuffled if case["work"] == "training" else in_order)(case["batchSize"])

    def run(steps):
        for _ in range(steps):
            step(next(batches))
        if DEVICE.type == "cuda":
            torch.cuda.synchronize()

    return run


def about():
    device = torch.cuda.get_device_name() if DEVICE.type == "cuda" else "cpu"
    return {"version": torch.__version__.partition("+")[0], "device": device}


images = torch.rand(IMAGES, 1, 32, 32, device=DEVICE)
labels = torch.randint(10, (IMAGES,), device=DEVICE)
serving.serve(about, prepare)
