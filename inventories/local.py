"""This machine: a laptop with its webcam."""

media = ["@local"]
cameras = ["@local"]
