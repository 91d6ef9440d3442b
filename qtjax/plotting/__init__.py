"""Figures of what was computed: currents, maps, spectra and networks, of the width of a journal's column.

Labels and units are read from the data. Every function takes the `axes` to draw on, or makes a figure, and returns the
axes; it shows nothing and leaves the settings of matplotlib alone.
"""

from ._currents import plot_currents as plot_currents
from ._map import plot_map as plot_map
from ._network import plot_network as plot_network
from ._spectrum import plot_spectrum as plot_spectrum
