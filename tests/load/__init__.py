"""Load tests of the hosted app: `make load`."""
