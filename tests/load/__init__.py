"""How many visitors the hosted app bears: `make load`."""
