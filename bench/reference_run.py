"""
The reference run in PyTorch, eager, as the post has it: `python reference_run.py FOLDER SPEC`. FOLDER has the dataset as
whole-job.ts writes it, images already resized; SPEC is that of the job, in JSON. Prints in JSON how long training,
validation and test took, images in memory before and after, and the test accuracy. OMP_NUM_THREADS says on how many threads.
"""

import json
import sys
import time
from pathlib import Path

import torch
from torch.nn import functional as F

from lenet5 import LeNet5, train_step

EVALUATION_BATCH = 256  # the post has 8 in the test: this is faster, and comes to the same


def load(name):
    data = torch.frombuffer(bytearray((folder / f"{name}-images").read_bytes()), dtype=torch.uint8)
    labels = torch.frombuffer(bytearray((folder / f"{name}-labels").read_bytes()), dtype=torch.uint8)
    return (data.reshape(-1, 1, 32, 32).float() / 255 - 0.5) / 0.5, labels.long()


@torch.no_grad()
def evaluate(images, labels):
    loss, correct = torch.zeros(()), torch.zeros((), dtype=torch.long)
    for x, y in zip(images.split(EVALUATION_BATCH), labels.split(EVALUATION_BATCH)):
        logits = model(x)
        loss += F.cross_entropy(logits, y, reduction="sum")
        correct += (logits.argmax(1) == y).sum()
    return loss.item() / len(labels), correct.item() / len(labels)


def train_epoch(indices):
    loss_sum, correct = torch.zeros(()), torch.zeros((), dtype=torch.long)
    for batch in indices[torch.randperm(len(indices))].split(spec["batchSize"]):
        x, y = images[batch], labels[batch]
        loss, logits = train_step(model, optimizer, x, y)
        loss_sum += loss * len(y)
        correct += (logits.argmax(1) == y).sum()
    return loss_sum.item() / len(indices), correct.item() / len(indices)


folder, spec = Path(sys.argv[1]), json.loads(sys.argv[2])
torch.manual_seed(spec["seed"])
images, labels = load("train")
test = load("test")

start = time.perf_counter()
model = LeNet5()
optimizer = torch.optim.SGD(model.parameters(), lr=spec["optimizer"]["learningRate"])
order = torch.randperm(len(labels))
validation = order[len(order) - spec["validationSize"] :]
rest = order[: len(order) - spec["validationSize"]]
train = rest if spec["trainSize"] == "all" else rest[: spec["trainSize"]]
validation_set = images[validation], labels[validation]
for epoch in range(spec["epochs"]):
    train_epoch(train)
    evaluate(*validation_set)
    torch.save(model.state_dict(), folder / "weights.pt")
accuracy = evaluate(*test)[1]
print(json.dumps({"seconds": time.perf_counter() - start, "accuracy": accuracy}))
