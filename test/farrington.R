# farrington.R
#		What R's surveillance (1.20.3) says of weekly and monthly counts, for
#		test/sql/anomalies.sql and test/t/017_farrington.pl.
#
#	Rscript test/farrington.R simulate            counts of four kinds, as CSV
#	Rscript test/farrington.R judge FILE WEEKS    judges the last ones of each series
#	                                              of a CSV (series, date, count)
#
# farringtonFlexible hands the dispersion to data.frame() instead of predict.glm(),
# and overwrites the working weights, by which predict() and summary() then get the
# dispersion wrong where there are weights.  "judge" mends both; "judge as it is"
# does not, and is the same only without weights.
suppressMessages(library(surveillance))

mend <- function(name, from, to)
{
	f <- getFromNamespace(name, "surveillance")
	text <- paste(deparse(f), collapse = "\n")
	stopifnot(grepl(from, text))
	g <- eval(parse(text = gsub(from, to, text)))
	environment(g) <- asNamespace("surveillance")
	assignInNamespace(name, g, "surveillance")
}

simulate <- function()
{
	set.seed(20)
	weeks <- seq(as.Date("2014-01-06"), by = "7 days", length.out = 364)
	t <- seq_along(weeks)
	wave <- sin(2 * pi * t / 52.18)
	series <- list(
		busy = rnbinom(length(t), mu = 250 * exp(0.2 * wave + 0.0006 * t), size = 60),
		rare = rpois(length(t), 1.5 * exp(0.3 * wave)),
		outbreaks = rnbinom(length(t), mu = 30 * exp(0.3 * wave) * ifelse(t %% 45 < 3, 2.5, 1), size = 20),
		few = rpois(length(t), 0.08))
	data.frame(series = rep(names(series), each = length(t)), date = rep(weeks, length(series)),
		count = unlist(series))
}

judge <- function(counts, last, control, freq = 52)
{
	do.call(rbind, by(counts, counts$series, function(d) {
		x <- sts(d$count, epoch = as.Date(d$date), frequency = freq)
		n <- nrow(d)
		control <- modifyList(list(range = (n - last + 1):n, b = 5, w = 3, noPeriods = 10, pastWeeksNotIncluded = 26,
			reweight = TRUE, weightsThreshold = 2.58, pThresholdTrend = 1, limit54 = c(0, 4), alpha = 1 / (365.2425 / 7),
			glmWarnings = FALSE, thresholdMethod = "delta"), control)
		r <- suppressWarnings(farringtonFlexible(x, control))
		data.frame(series = d$series[control$range], date = d$date[control$range],
			expected = c(r@control$expected),
			upper = c(upperbound(r)), p = c(r@control$pvalue))
	}))
}

args <- commandArgs(TRUE)
if (args[1] == "simulate") {
	write.csv(simulate(), row.names = FALSE, quote = FALSE)
} else if (args[1] == "judge") {
	if (!"as_it_is" %in% args) {
		mend("algo.farrington.glm", ",\\s*dispersion = model\\$phi\\)", "), dispersion = model$phi")
		mend("algo.farrington.fitGLM.flexible", "model\\$weights <- omega", "model$omega <- omega")
	}
	counts <- read.csv(args[2], colClasses = c("character", "character", "numeric"))
	last <- as.numeric(args[3])
	month <- "months" %in% args
	season <- if (month) list(w = 1, noPeriods = 4, pastWeeksNotIncluded = 6, alpha = 1 / 12) else list()
	variants <- list(
		"{}" = list(),
		"{\"trend_p\": 0.05}" = list(pThresholdTrend = 0.05),
		"{\"reweight\": 0}" = list(reweight = FALSE),
		"{\"bound\": \"counts\"}" = list(thresholdMethod = "nbPlugin"),
		"{\"years\": 3, \"half_window\": 2, \"periods\": 6, \"left_out\": 12}" =
			list(b = 3, w = 2, noPeriods = 6, pastWeeksNotIncluded = 12),
		"{\"periods\": 1}" = list(noPeriods = 1))
	if (month)
		variants <- variants[c(1, 2, 4)]
	for (options in names(variants)) {
		j <- judge(counts, last, modifyList(season, variants[[options]]), if (month) 12 else 52)
		cat(sprintf("%s|%s|%s|%.15g|%.15g|%.15g\n", options, j$series, j$date, j$expected, j$upper, j$p), sep = "")
	}
}
