"""What pyinfra lacks: in each module a fact that reads all in one command, a pure difference, a thin operation."""
