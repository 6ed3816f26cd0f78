"""All roles together: the settings of an environment, which host does what; deploy, go back, remove, back up."""
