/* Runge-Kutta steps of the Lorenz system in double precision: additions, multiplications, fused ones, divisions. */
struct point { double x, y, z; };

static struct point slope(struct point p) {
  return (struct point){10.0 * (p.y - p.x), p.x * (28.0 - p.z) - p.y, p.x * p.y - p.z * (8.0 / 3.0)};
}

static struct point along(struct point p, struct point d, double h) {
  return (struct point){p.x + h * d.x, p.y + h * d.y, p.z + h * d.z};
}

unsigned long loop(unsigned long rounds) {
  struct point p = {1.0, 1.0, 1.0};
  double sum = 0;
  for (unsigned long round = 0; round < rounds; round++) {
    for (int i = 0; i < 1000; i++) {
      const double h = 0.005;
      struct point middle = slope(along(p, slope(p), h / 2));
      p = along(p, middle, h);
      sum += __builtin_sqrt(p.x * p.x + p.y * p.y) / (1.0 + p.z);
    }
  }
  return (unsigned long)sum;
}
