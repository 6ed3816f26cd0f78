"""Starting, stopping and restarting what runs on hosts, and what a person has stopped."""
