"""The running app: on a screen in memory, and on terminals of the kernel's."""
