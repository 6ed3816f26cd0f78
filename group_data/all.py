"""How every host is reached."""

ssh_connect_retries = 3
