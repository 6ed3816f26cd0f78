"""A project of one's own, as `envivo init` makes it; files/ has what is copied or rendered, some of it as links."""
