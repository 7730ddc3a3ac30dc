"""
grid.py
	The part of numpy and scipy in grid.sh: the least seconds of five runs of a
	histogram and a gaussian filter, as "peer kernel seconds".  It is the floor: it
	moves each point to the middle of its cell, and cuts off at 4 sigma.
"""
import sys
import time

import numpy as np
from scipy.ndimage import gaussian_filter

points = np.loadtxt(sys.argv[1], delimiter=",")
seconds = []
for run in range(5):
    began = time.perf_counter()
    counts, _, _ = np.histogram2d(
        points[:, 1], points[:, 0], bins=1024,
        range=[[4413000, 4413000 + 30720], [473010, 473010 + 30720]])
    gaussian_filter(counts, 250 / 30, mode="constant")
    seconds.append(time.perf_counter() - began)
print("scipy", "gaussian", round(min(seconds), 4))
