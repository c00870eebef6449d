/** The only place that names concrete protocols: one line each. */
