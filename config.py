"""pyinfra runs this before it reads the inventory: what cannot be right is refused before it connects to hosts."""

from envivo.orchestration.preparation import prepare

prepare()
