# forecast_peers.R DIRECTORY: series that R simulates, and what R makes of them,
# for 019_forecast_peers.pl.
#
# stl.csv: counts, and the parts that mstl() of package forecast finds in them.
# level.csv: counts of the process that the level model is of (Harvey and Fernandes
# 1989, with negative binomial counts), of known parameters.
# Series are named by the discount, 1 / size and a number.
# weekday.csv: the profile of the week.
suppressMessages(library(forecast))
directory <- commandArgs(TRUE)[1]
RNGkind("Mersenne-Twister", "Inversion", "Rejection")
set.seed(20161)

# ---- what decompose() must find
# The numbers of values are odd: of even ones R's robust weights do not always take
# the median, since its partial sort is given the two middle places in descending order.
parts <- NULL
add <- function(name, value, periods, robust) {
  x <- if (length(periods) > 1) msts(value, seasonal.periods = periods) else ts(value, frequency = periods)
  m <- mstl(x, robust = robust)
  season <- rowSums(as.matrix(m[, grepl("^Seasonal", colnames(m)), drop = FALSE]))
  parts <<- rbind(parts, data.frame(name, robust, i = seq_along(value) - 1, value,
                                    trend = as.numeric(m[, "Trend"]), season, remainder = as.numeric(m[, "Remainder"])))
}
months <- rpois(107, 200 + 60 * sin(2 * pi * (1:107) / 12) + 1:107)
weeks <- rpois(201, 50 + 20 * cos(2 * pi * (1:201) / 52))
days <- rpois(1461, exp(2 + 0.3 * sin(2 * pi * (1:1461) / 365.25) + 0.2 * ((1:1461) %% 7 == 0)))
days[c(400, 900)] <- 200
hours <- rpois(24 * 7 * 20 + 1, exp(1 + sin(2 * pi * (1:3361) / 24) + 0.3 * ((1:3361) %% 168 < 24)))
for (robust in c(FALSE, TRUE)) {
  add("months", months, 12, robust)
  add("weeks", weeks, 52, robust)
  add("days", days, c(7, 365), robust)
  add("hours", hours, c(24, 168), robust)
}
write.csv(format(parts, digits = 15), file.path(directory, "stl.csv"), row.names = FALSE, quote = FALSE)

# ---- what level_agg must find
n <- 1461
weekday <- log(c(0.8, 0.9, 0.95, 1, 1.1, 1.25, 1))
weekday <- weekday - log(mean(exp(weekday)))
counts <- truth <- NULL
for (case in list(list(w = 0.99, k = 5), list(w = 0.95, k = 2), list(w = 0.98, k = Inf))) {
  for (r in 1:30) {
    a <- 200
    b <- 10
    y <- numeric(n)
    for (t in 1:n) {
      s <- exp(weekday[(t - 1) %% 7 + 1])
      level <- rgamma(1, case$w * a, case$w * b)
      y[t] <- if (is.finite(case$k)) rnbinom(1, size = case$k, mu = s * level) else rpois(1, s * level)
      a <- case$w * a + y[t]
      b <- case$w * b + s
    }
    counts <- rbind(counts, data.frame(series = sprintf("%g %g %d", case$w, 1 / case$k, r), i = seq_len(n) - 1, value = y))
  }
}
write.csv(counts, file.path(directory, "level.csv"), row.names = FALSE, quote = FALSE)
write.csv(data.frame(weekday = 0:6, share = format(exp(weekday), digits = 15)),
          file.path(directory, "weekday.csv"), row.names = FALSE, quote = FALSE)
