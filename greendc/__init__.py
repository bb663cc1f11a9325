"""The shared core of greendc: vocabulary, readings, site, settings, profiles, spool and storage.

Imports nothing of the other packages. The submodules are the public surface; this package binds no names.
"""
