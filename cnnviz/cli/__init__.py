"""The command line, one module a command: run, train, evaluate, data, activations, animate, stamp."""
