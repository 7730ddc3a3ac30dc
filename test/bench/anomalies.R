# anomalies.R
#		Counts in which nothing happens, as CSV: kind, series, bucket, count, and in
#		"extra" an outbreak of three buckets in the last year, of three standard
#		deviations each.  A season, weekdays, and a rate that drifts.
set.seed(7)
make <- function(kind, n, season, mean, size, drift, weekly = FALSE, series = 200)
{
	t <- seq_len(n)
	do.call(rbind, lapply(seq_len(series), function(i) {
		wave <- 0.25 * sin(2 * pi * (t / season + runif(1)))
		week <- if (weekly) 0 else rep(rnorm(7, 0, 0.1), length.out = n)
		level <- exp(wave + week + cumsum(rnorm(n, 0, drift)))
		mu <- mean * level / mean(level)
		y <- if (is.finite(size)) rnbinom(n, mu = mu, size = size) else rpois(n, mu)
		begin <- sample((n - (if (weekly) 52 else 365) + 10):(n - 10), 1)
		extra <- ifelse(t %in% (begin + 0:2), pmax(1, round(3 * sqrt(mu + mu^2 / size))), 0)
		data.frame(kind, i, t, y, extra)
	}))
}
weeks <- function(mean, size) make(paste("weeks, mean", mean), 417, 52.18, mean, size, 0.005, TRUE)
days <- function(mean, size) make(paste("days, mean", mean), 1461, 365.25, mean, size, 0.001)
write.csv(rbind(weeks(1, Inf), weeks(5, 20), weeks(30, 30), weeks(200, 100),
	days(0.2, 5), days(3, 10), days(20, 40), days(150, 100)), row.names = FALSE)
