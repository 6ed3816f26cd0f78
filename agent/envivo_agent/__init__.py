"""The program that runs on camera hosts: captures a picture, encodes it and publishes it, for ever.

Needs nothing but the standard library and, below gst/ alone, the distribution's `gi`.
"""
