#
# grid.R
#		The part of spatstat in grid.sh: the least seconds of two runs of
#		density.ppp, without its correction at edges, as "peer kernel seconds".
#
suppressMessages(library(spatstat.explore))
points <- read.csv(commandArgs(TRUE)[1], header = FALSE)
window <- owin(c(473010, 473010 + 30720), c(4413000, 4413000 + 30720))
incidents <- suppressWarnings(ppp(points[[1]], points[[2]], window = window))
for (kernel in c("gaussian", "quartic")) {
  seconds <- min(replicate(2, system.time(
    density(incidents, sigma = 250, kernel = kernel, dimyx = 1024, edge = FALSE))[["elapsed"]]))
  cat("spatstat", kernel, seconds, "\n")
}
