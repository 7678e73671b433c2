"""The lecture's Keras model, in Keras 3.

    python lecture_keras.py

CIFAR-10 is downloaded when it runs first (170 MB).
"""

# %% imports
import keras
from keras import layers
from keras.utils import to_categorical

# %% data
# @load
train, test = keras.datasets.cifar10.load_data()
train_images, train_labels = train  # (50000, 32, 32, 3)
test_images, test_labels = test  # (10000, 32, 32, 3)

# %% preprocessing
BATCH = 32


def prepare(images, labels):
    # @scale
    pixels = images.astype("float32") / 255
    # @one_hot
    return pixels, to_categorical(labels, 10)


train_x, train_y = prepare(train_images, train_labels)
test_x, test_y = prepare(test_images, test_labels)

# %% weights
INITIAL = {
    "kernel_initializer": "glorot_uniform",
    "bias_initializer": "zeros",
}
max_norm = keras.constraints.MaxNorm
CONV = INITIAL | {
    # @norm
    "kernel_constraint": max_norm(3, axis=[0, 1, 2])
}
# @norm
HIDDEN = INITIAL | {"kernel_constraint": max_norm(3)}

# %% model
model = keras.Sequential(name="lecture")
# @input
model.add(keras.Input((32, 32, 3)))
# @layers
model.add(layers.Conv2D(32, 3, padding="same", **CONV))
# @layers
model.add(layers.ReLU())  # (N, 32, 32, 32)
# @layers
model.add(layers.Conv2D(32, 3, padding="same", **CONV))
# @layers
model.add(layers.ReLU())  # (N, 32, 32, 32)
# @layers
model.add(layers.MaxPooling2D(2))  # (N, 16, 16, 32)
# @layers
model.add(layers.Flatten())  # (N, 8192)
# @layers
model.add(layers.Dense(512, **HIDDEN))
# @layers
model.add(layers.ReLU())  # (N, 512)
# @layers
model.add(layers.Dense(10, **INITIAL))
# @layers
model.add(layers.Softmax())  # (N, 10)

# %% loss
# @decay
rate = keras.optimizers.schedules.InverseTimeDecay(
    # @rate
    0.01,
    # @decay
    decay_steps=1,
    # @decay
    decay_rate=0.001,
)
model.compile(
    # @rate momentum
    optimizer=keras.optimizers.SGD(rate, momentum=0.9),
    loss="categorical_crossentropy",
    metrics=["accuracy"],
)

# %% training
EPOCHS = 10
model.fit(
    train_x,
    train_y,
    batch_size=BATCH,
    epochs=EPOCHS,
    validation_data=(test_x, test_y),
)

# %% evaluation
_, accuracy = model.evaluate(test_x, test_y, verbose=0)
print(f"accuracy {accuracy:.4f}")

# %% summary
model.summary()
parameters = model.count_params()

# %% prediction
probabilities = model.predict(test_x[:1])[0]
answer = int(probabilities.argmax())
print(answer, f"{probabilities[answer]:.2f}")
