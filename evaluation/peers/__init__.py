"""Peers: other people's tools run beside ours, each in an environment of its own. No part of the product needs them."""
