"""All roles together: the settings of an environment, which host does what, deploy and checks."""
