# `make demo`: from a fresh machine to a page that plays. `make test`: all tests. Both may be repeated.
.PHONY: demo test lint clean

ENVIVO = .venv/bin/envivo
PYINFRA = .venv/bin/pyinfra
PYTEST = .venv/bin/pytest

demo:
	./setup.sh
	$(ENVIVO) artifacts fetch
	$(ENVIVO) lab up
	$(PYINFRA) inventories/lab.py deploy.py -y
	$(ENVIVO) verify lab
	@$(ENVIVO) urls lab | grep -E "^ +(WebRTC|HLS|Address): "

# tests/browser and tests/verify are run by tests/e2e, against the lab.
test:
	./setup.sh tests
	$(MAKE) --no-print-directory lint
	$(ENVIVO) artifacts fetch
	$(PYTEST) tests/unit tests/plan tests/e2e --durations=10

lint:
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy

# The lab and the virtual environment; generated passwords, caches and installed packages stay.
clean:
	-$(ENVIVO) lab down
	rm -rf .venv
