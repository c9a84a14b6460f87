"""Backups: their formats and what seals them. Pure: nothing here knows the database, the ledger or an act.

A backup is two things that are kept apart. The *data* (`data`) is a folder: a manifest, one sealed part a capture day
and retention class, one a hold, one for everything else, and the images' ciphertexts. The *keys* (`keyring`) are one
file, rewritten whole each time, sealed to a public key whose private half comes from the backup passphrase
(`secret`). A part of reads is sealed under a key derived from the very key that the node destroys at the purge of
those reads: once that is gone from the node and from the key backup, the part says nothing any more, wherever copies
of it lie.
"""
