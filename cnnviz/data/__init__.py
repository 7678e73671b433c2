"""Pictures and their labels: CIFAR-10, and pictures that visitors bring."""
