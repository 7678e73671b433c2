"""Imports Keras as the app does: for processes that others fork from."""

from cnnviz.networks.importing import import_keras

import_keras()
