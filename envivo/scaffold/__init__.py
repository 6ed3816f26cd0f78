"""New projects, as `envivo init` creates them; files/ has what is copied or rendered, partly as links."""
