"""The program that runs on camera hosts: captures a picture, encodes it and publishes it, for ever.

Only the standard library and the distribution's `gi`. Modules that import `gi` say so in their first line;
all others are pure and tested without it.
"""
