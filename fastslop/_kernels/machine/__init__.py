"""How kernels are compiled and kept, and what they are built from."""
