"""Stand-ins of the official base images, for machines that reach no registry."""
