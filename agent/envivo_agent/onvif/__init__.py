"""IP cameras of this host's networks, by ONVIF: found by WS-Discovery, asked for their streams over HTTP.

Needs nothing else of the agent but `ipcam.plain` and `ipcam.address`: the controller sends these to hosts without one.
"""
