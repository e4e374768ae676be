# SPDX-License-Identifier: GPL-2.0-or-later
# Entry points; "make help" is the index. All products go to build/.
#
# KVER      version of the kernel to build for (default: the one linux-image-amd64 depends on)
# PREFIX    where "make install" puts the tools (default: /usr/local); DESTDIR is honoured
# JOBS      parallel compilations (default: number of processors)

PREFIX ?= /usr/local
JOBS ?= $(shell nproc)
KVER ?= $(shell tests/kernels/kernel-version)
export JOBS

.PHONY: all module module-uml tools guests demo check check-fast check-guest check-full mutants coverage sim lint \
	format bench generate install clean setup help

all: module tools ## the module for the distribution's kernel, and the tools

module: ## dlm.ko for KVER, in build/kbuild/KVER/kernel
	scripts/build-module kernel $(KVER)

module-uml: ## dlm.ko for the debug kernel, in build/kbuild/um/kernel
	scripts/build-module uml

tools: ## tools and tests of guests, in build/user
	scripts/build-user user

guests: ## kernels and roots of the guests (cached in ~/.cache/dlm), build/guest.env
	tests/kernels/prepare

setup: ## install the packages that building and testing need
	scripts/setup

demo: setup ## three guests share one GFS2, lose a node, recover
	scripts/demo

check: setup ## every test; the last line counts them
	scripts/check fast guest

check-fast: ## the tests without guests: minutes
	scripts/check fast

check-guest: ## the tests on clusters of guests
	scripts/check guest

check-full: ## also lint, long simulation and fuzzing: hours
	scripts/setup full
	scripts/check fast guest full

mutants: ## change the rules one place at a time: do the tests notice? (MUTANTS="--every 20")
	scripts/mutants $(MUTANTS)

coverage: ## share of branches of kernel/core that unit tests and scenarios take
	scripts/coverage

sim: ## one simulated run: make sim SEED=n
	scripts/build-user san
	scripts/sim $(SEED)

lint: ## checkpatch (CHECKPATCH=path), sparse, W=1, clang-tidy, shellcheck
	scripts/lint

format: ## run clang-format over the tree
	scripts/format

bench: ## a table of speeds with units
	scripts/build-user user
	scripts/bench

generate: ## make generated sources anew from Documentation/specs
	scripts/build-user user dlm_codegen
	scripts/generate --write

install: all ## module and tools, below DESTDIR
	install -D -m 644 build/kbuild/$(KVER)/kernel/dlm.ko \
		$(DESTDIR)/lib/modules/$(KVER)/updates/dlm.ko
	$(if $(DESTDIR),,depmod $(KVER))
	DESTDIR=$(DESTDIR) cmake --install build/user --prefix $(PREFIX)

clean: ## remove build/
	rm -rf build

help: ## this list
	@sed -n 's/^\([a-z-]*\):.* ## \(.*\)/\1\t\2/p' Makefile | expand -t 14
