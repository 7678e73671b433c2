// Small helpers on plain values.

export const clamp = (value, low, high) => Math.min(high, Math.max(low, value));

export const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);

export const argmax = (values) => values.indexOf(Math.max(...values));
