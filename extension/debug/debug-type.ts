/** The `type` of Freezeframe's launch configurations. */
export const debugType = 'freezeframe';
