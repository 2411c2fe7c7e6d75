"""
Measures TensorFlow from Python for `npm run bench`, as serving.py is asked: `measure_tensorflow.py IMAGES`. TF_NUM_INTRAOP_THREADS says on how many threads.
A whole pass over the images is one call of a tf.function, its shuffle, all its steps and their sums inside. Images
lie there as floats: as bytes, normalised batch by batch, training is 2 % slower.
"""

import serving  # noqa: I001  first

import sys

import tensorflow as tf

IMAGES, LEARNING_RATE = int(sys.argv[1]), 0.001
SHAPES = [(5, 5, 1, 6), (6,), (5, 5, 6, 16), (16,), (400, 120), (120,), (120, 84), (84,), (84, 10), (10,)]


class LeNet5:
    def __init__(self):
        self.values = [tf.Variable(tf.random.uniform(shape, -0.1, 0.1)) for shape in SHAPES]

    def __call__(self, x):
        conv1, bias1, conv2, bias2, *dense = self.values
        for weight, bias in [(conv1, bias1), (conv2, bias2)]:
            x = tf.tanh(tf.nn.bias_add(tf.nn.conv2d(x, weight, 1, "VALID"), bias))
            x = tf.nn.avg_pool2d(x, 2, 2, "VALID")
        x = tf.reshape(x, (-1, 400))
        for weight, bias in zip(dense[::2], dense[1::2]):
            x = tf.tanh(tf.nn.bias_add(tf.matmul(x, weight), bias))
        return x


def losses_of(logits, y):
    return tf.nn.sparse_softmax_cross_entropy_with_logits(labels=y, logits=logits)


def correct_of(logits, y):
    return tf.math.count_nonzero(tf.equal(tf.argmax(logits, 1, output_type=tf.int32), y))


def training(size):
    model = LeNet5()

    @tf.function
    def steps_of(count):
        order = tf.random.shuffle(tf.range(IMAGES))
        loss, correct = tf.constant(0.0), tf.constant(0, tf.int64)
        for step in tf.range(count):
            batch = order[step * size : (step + 1) * size]
            x, y = tf.gather(images, batch), tf.gather(labels, batch)
            with tf.GradientTape() as tape:
                logits = model(x)
                mean = tf.reduce_mean(losses_of(logits, y))
            for value, gradient in zip(model.values, tape.gradient(mean, model.values)):
                value.assign_sub(LEARNING_RATE * gradient)
            loss += mean
            correct += correct_of(logits, y)
        return loss, correct

    return steps_of


def evaluation(size):
    model = LeNet5()

    @tf.function
    def steps_of(count):
        loss, correct, confidence = tf.constant(0.0), tf.constant(0, tf.int64), tf.constant(0.0)
        for step in tf.range(count):
            x, y = images[step * size : (step + 1) * size], labels[step * size : (step + 1) * size]
            logits = model(x)
            loss += tf.reduce_sum(losses_of(logits, y))
            correct += correct_of(logits, y)
            confidence += tf.reduce_sum(tf.reduce_max(tf.nn.softmax(logits), 1))
        return loss, correct, confidence

    return steps_of


def prepare(case):
    size = case["batchSize"]
    steps_of = {"training": training, "evaluation": evaluation}[case["work"]](size)

    def run(steps):
        while steps > 0:
            count = min(steps, IMAGES // size)
            steps_of(tf.constant(count))[0].numpy()
            steps -= count

    return run


images = tf.random.uniform((IMAGES, 32, 32, 1), -1, 1)
labels = tf.random.uniform((IMAGES,), 0, 10, tf.int32)
serving.serve(lambda: {"version": tf.__version__, "device": "cpu"}, prepare)
