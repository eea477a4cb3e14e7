"""Writes the colours that matplotlib 3.11.2 gives: `names.txt`, `maps.bin` and `maps.txt`.

    python make.py

A colour is what `(np.array(to_rgba(name))[:3] * 255).astype(np.uint8)` gives, which is what
DeepLabCut draws with. `maps.txt` names the maps of `maps.bin` and their number of colours.
"""

import pathlib

import matplotlib
import matplotlib.colors as mcolors
import numpy as np

HERE = pathlib.Path(__file__).parent
MAPS = """viridis plasma inferno magma cividis turbo jet rainbow hsv cool hot spring summer autumn
winter gray bone copper pink Spectral coolwarm gist_rainbow nipy_spectral terrain ocean twilight
Blues Greens Reds Purples Oranges Greys YlOrRd YlGnBu RdYlBu RdYlGn PiYG PRGn BrBG RdBu bwr seismic
tab10 tab20 tab20b tab20c Set1 Set2 Set3 Pastel1 Pastel2 Dark2 Accent Paired""".split()


def as_bytes(colours):
    return (np.asarray(colours)[..., :3] * 255).astype(np.uint8)


names = mcolors.BASE_COLORS | mcolors.CSS4_COLORS | mcolors.TABLEAU_COLORS
lines = [f"{name} {as_bytes(mcolors.to_rgba(name)).tobytes().hex()}" for name in sorted(names)]
(HERE / "names.txt").write_text("\n".join(lines) + "\n")

blob, listing = b"", []
for name in MAPS:
    colormap = matplotlib.colormaps[name]
    table = as_bytes(colormap(np.arange(colormap.N)))
    blob += table.tobytes()
    listing.append(f"{name} {colormap.N}")
(HERE / "maps.bin").write_bytes(blob)
(HERE / "maps.txt").write_text("\n".join(listing) + "\n")
