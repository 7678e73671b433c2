"""The lecture's TensorFlow model, low level.

No layers, no optimizer object, no fit: only variables,
operations and gradients.

    python lecture_tensorflow.py FOLDER

FOLDER is CIFAR-10's cifar-10-batches-py, from
https://www.cs.toronto.edu/~kriz/cifar10.html
"""

# %% imports
import pickle
import sys
from pathlib import Path

import numpy as np
import tensorflow as tf

# %% data
FOLDER = Path(sys.argv[1])


def read(*names):
    images, labels = [], []
    for name in names:
        content = (FOLDER / name).read_bytes()
        batch = pickle.loads(content, encoding="bytes")
        images.append(batch[b"data"])  # (10000, 3072)
        labels.append(batch[b"labels"])
    images = np.concatenate(images)  # (N, 3072)
    images = images.reshape(-1, 3, 32, 32)
    images = images.transpose(0, 2, 3, 1)
    return images, np.concatenate(labels)


train = read(*[f"data_batch_{k}" for k in range(1, 6)])
test = read("test_batch")

# %% preprocessing
BATCH = 128


def prepare(images, labels):
    pixels = tf.cast(images, tf.float32) / 255.0
    return pixels, tf.one_hot(labels, 10)


train_set = tf.data.Dataset.from_tensor_slices(train)
train_set = train_set.shuffle(len(train[0]))
train_set = train_set.batch(BATCH).map(prepare)
test_set = tf.data.Dataset.from_tensor_slices(test)
test_set = test_set.batch(500).map(prepare)


# %% weights
def weights(*shape):
    # @normal
    numbers = tf.random.normal(shape, stddev=0.01)
    return tf.Variable(numbers)


# @create
W1 = weights(3, 3, 3, 32)
# @create
W2 = weights(3, 3, 32, 64)
# @create
W3 = weights(3, 3, 64, 128)
# @create
W4 = weights(4 * 4 * 128, 625)
# @create
W5 = weights(625, 10)
WEIGHTS = [W1, W2, W3, W4, W5]


# %% model
def conv(x, kernel):
    return tf.nn.conv2d(x, kernel, 1, padding="SAME")


def pool(x):
    return tf.nn.max_pool2d(x, 2, 2, padding="SAME")


def model(x, training=False):
    def drop(x, rate):
        return tf.nn.dropout(x, rate) if training else x

    x = tf.nn.relu(conv(x, W1))  # (N, 32, 32, 32)
    x = drop(pool(x), 0.2)  # (N, 16, 16, 32)
    x = tf.nn.relu(conv(x, W2))  # (N, 16, 16, 64)
    x = drop(pool(x), 0.2)  # (N, 8, 8, 64)
    x = tf.nn.relu(conv(x, W3))  # (N, 8, 8, 128)
    x = drop(pool(x), 0.2)  # (N, 4, 4, 128)
    x = tf.reshape(x, [-1, 4 * 4 * 128])  # (N, 2048)
    x = drop(tf.nn.relu(x @ W4), 0.5)  # (N, 625)
    return x @ W5  # (N, 10)


# %% loss
# @rate
RATE, RHO, EPSILON = 0.001, 0.9, 1e-7
cross_entropy = tf.nn.softmax_cross_entropy_with_logits
squares = [tf.Variable(0 * w) for w in WEIGHTS]


def loss(logits, targets):
    return tf.reduce_mean(
        cross_entropy(targets, logits)
    )


def rmsprop(gradients):
    for w, s, g in zip(WEIGHTS, squares, gradients):
        # @memory
        s.assign(RHO * s + (1 - RHO) * g**2)
        # @update
        w.assign_sub(RATE * g / tf.sqrt(s + EPSILON))


# %% training
# @epochs
EPOCHS = 50


# @decorator now
@tf.function
# @now
def step(images, targets):
    # @now
    with tf.GradientTape() as tape:
        # @batch now
        logits = model(images, training=True)
        # @batch now
        error = loss(logits, targets)
    # @batch now
    rmsprop(tape.gradient(error, WEIGHTS))
    # @now
    return error


# @epochs loop
for epoch in range(EPOCHS):
    # @loop batch
    for images, targets in train_set:
        # @loop now call
        error = step(images, targets)
    print(epoch + 1, f"loss {float(error):.4f}")


# %% evaluation
@tf.function
def hits(images, targets):
    chosen = tf.argmax(model(images), axis=1)
    return chosen == tf.argmax(targets, axis=1)


right = np.concatenate([hits(*b) for b in test_set])
accuracy = right.mean()
print(f"accuracy {accuracy:.4f}")

# %% summary
for number, w in enumerate(WEIGHTS, start=1):
    print(f"W{number}", w.shape, f"{tf.size(w):,}")
parameters = sum(int(tf.size(w)) for w in WEIGHTS)
print(f"{parameters:,}")

# %% prediction
pixels, _ = prepare(test[0][:1], test[1][:1])
probabilities = tf.nn.softmax(model(pixels))[0]
answer = int(tf.argmax(probabilities))
print(answer, f"{float(probabilities[answer]):.2f}")
