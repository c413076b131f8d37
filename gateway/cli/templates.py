"""The files `copyfair init` writes, with the comments a tired sysadmin needs."""

from __future__ import annotations

GATEWAY_YAML = """\
# Copyfair Gateway. Every key is explained in the project's docs/reference/settings.md.
# After a change: `copyfair doctor --config {config}`; policies are reloaded
# by themselves, this file is read at start.

# The two switches. Start by watching; the first evening is `protect: on`.
protect: {protect:22} # watch: decide and log · on: budgets act under pressure
licence_mode: {licence_mode:17} # off · label · offer · invoice

public_url: {public_url}
listen: 127.0.0.1:8700          # readers come here, usually from nginx or Caddy
admin_listen: 127.0.0.1:8701    # /healthz /readyz /metrics; never make it public
upstreams:
  archive: {upstream}

# Addresses of the front servers whose X-Forwarded-For or Forwarded we believe.
# Empty means: the TCP peer is the client. `copyfair doctor` shows what it sees.
trusted_proxies: []

policies: policies              # collections, packs, tariffs; `copyfair policy check`
store: sqlite:///copyfair.db

privacy:
  truncate_v4: 24               # addresses are cut before they are written
  truncate_v6: 48
  retention: 30d

# Who sends invoices: none | self | fiscal-host | alliance. `none` is complete:
# everything works, nothing is invoiced.
invoicing:
  seller: {seller}
"""

COLLECTION_YAML = """\
# Everything this host serves. Split it into more collections when parts differ:
# one file each, the most specific path wins.
collection: whole-site
title: {{en: The whole site}}
steward: {steward}
contact: {contact}
upstream: archive
match: {{paths: ["/**"]}}
licence: {licence}
rights: own                     # own | mandated | none
basis: service                  # machine access as a service
sensitivity: open
extends: copyfair
{tariff}\
{costs}\
"""

STARTER_COSTS = """\
# What an ordinary page costs is 1; expensive pages cost more, assets nothing.
costs: {"/search**": 20, "/static/**": 0}
budgets:
  anonymous: {cost: 600, per: 1h, burst: 300, only_under: pressure}
"""

# No costs and budgets here: they would stand before those of the presets.
PRESET_COSTS = """\
# What is known about the software; see policies/presets. Costs, budgets and rules that
# you write here stand before theirs, and theirs in the order named.
presets: [{presets}]
"""

TARIFF_YAML = """\
# Marginal brackets: each unit is priced by the bracket it falls in, and the price
# never falls. `copyfair tariff publish` fixes a version for ever.
tariff: ai-2026
version: 1
currency: EUR
per: 1 GiB
brackets_over: year
brackets:
  - {up_to: 1 GiB, price: 0.00}
  - {up_to: 100 GiB, price: 1.50}
  - {up_to: 1000 GiB, price: 3.00}
  - {price: 6.00}
derivation: {cost: measured, reserve: 0.30, solidarity: 0.60}
settlement: {contribution: up to 50 %, openness: {weights+data: 70 % rebate on proof}}
guaranteed_offer: 32 days
"""

GITIGNORE = """\
keys/
*.db
*.db-*
off
node
"""
