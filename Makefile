# The two commands a newcomer needs, on a machine with Python 3.11 or later, git and make:
#   make demo   sees it work        make test   checks everything
# Another interpreter: make test PYTHON=/path/to/python3

VENV := .venv
PYTHON ?=

.PHONY: demo test

demo: $(VENV)/installed
	$(VENV)/bin/alpr-core demo

# Lint, import contracts, types, documentation, the auditor's wheel, and last the tests. Each runs whatever the others say.
test: $(VENV)/tox-installed
	$(VENV)/bin/tox run

$(VENV)/installed: pyproject.toml | $(VENV)/bin/python
	$(VENV)/bin/python -m pip install -qq --disable-pip-version-check --editable .
	@touch $@

$(VENV)/tox-installed: tox.ini | $(VENV)/bin/python
	$(VENV)/bin/python -m pip install -qq --disable-pip-version-check "tox>=4.60"
	@touch $@

# A name on the path may be a shim with nothing behind it, and Debian's python3 may lack venv: ask each candidate.
$(VENV)/bin/python:
	@for python in $(PYTHON) python3.13 python3.12 python3.11 python3.14 python3 python; do \
		if "$$python" -c 'import sys, ensurepip, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
			echo "Making $(VENV) with $$("$$python" -c 'import sys; print(sys.executable, sys.version.split()[0])')"; \
			exec "$$python" -m venv $(VENV); \
		fi; \
	done; \
	echo "No Python 3.11 or later with venv was found. Install one (Debian, Ubuntu: apt install python3 python3-venv)," >&2; \
	echo "or name it: make $(or $(MAKECMDGOALS),test) PYTHON=/path/to/python3" >&2; \
	exit 1
