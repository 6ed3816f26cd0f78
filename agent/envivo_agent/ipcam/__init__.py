"""IP cameras: what one is asked over RTSP, and what its answers and pictures tell. Pure, but for `asking`."""
