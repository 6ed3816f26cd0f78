"""What `envivo status` shows: questions to hosts, rows and their order. Which questions: roles/NAME/overview.py."""
