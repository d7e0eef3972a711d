"""Catalogues: the commands' words in other languages, one TOML file each, read by `cogs.words`.

To add a language: copy de.toml, translate the right-hand sides, name the file in
`cogs.words.LOCALES`. Names are lower case, without spaces, at most 32 letters; descriptions at most
100. A test tells what is missing.
"""
