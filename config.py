"""pyinfra runs this before it reads the inventory: it validates the settings before any connection."""

from envivo.orchestration.preparation import prepare

prepare()
