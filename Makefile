# `make demo`: from a fresh machine to a page that plays. `make test`: is it right? Both may be repeated.
.PHONY: demo check test prove reference clean

ENVIVO = .venv/bin/envivo
PYINFRA = .venv/bin/pyinfra
SUITES = .venv/bin/python -m tests.suites

demo:
	./setup.sh
	$(ENVIVO) artifacts fetch
	$(ENVIVO) lab up
	$(PYINFRA) inventories/lab.py deploy.py -y
	$(ENVIVO) verify lab
	@$(ENVIVO) urls lab | grep -E "^ +(WebRTC|HLS|Address): "

# Lint, unit and plan tests: two and a half minutes, no lab host.
check:
	./setup.sh tests
	$(SUITES) check

# The gate: check, then what is deployed on real hosts, and the proofs of what has changed since they all held.
test:
	./setup.sh tests
	$(SUITES) test

# Everything, or one suite with its proofs: make prove SUITE=vm
prove:
	./setup.sh tests
	$(SUITES) prove $(if $(SUITE),--suite $(SUITE))

# What is generated from the models of settings.
reference:
	$(ENVIVO) settings --format markdown >docs/reference/settings.md
	$(ENVIVO) settings --format json-schema >docs/reference/settings.schema.json

# The lab and the virtual environment; generated passwords, caches and installed packages stay.
clean:
	-$(ENVIVO) lab down
	rm -rf .venv
