// Colours of the figures, the same as in app.css. Blue and orange stay apart in
// every common colour deficiency; what matters is also drawn by shape or text.

export interface Palette {
  paper: string;
  ink: string;
  soft: string;
  line: string;
  loss: string;
  gain: string;
  mark: string;
  neutral: string;
  lossPale: string;
  sea: string;
  land: string;
  /** shares of output, small to large */
  scale: readonly [string, string, string, string, string];
  /** scenarios A to D */
  series: readonly [string, string, string, string];
}

export const light: Palette = {
  paper: '#ffffff',
  ink: '#16202a',
  soft: '#52606d',
  line: '#d3dae1',
  loss: '#b84a00',
  gain: '#00699e',
  mark: '#0b4f6c',
  neutral: '#8694a1',
  lossPale: '#f0c7a8',
  sea: '#ffffff',
  land: '#e9edf1',
  scale: ['#d5e6f0', '#a6cbe0', '#6aa6c8', '#2d7ba6', '#0b4f6c'],
  series: ['#00699e', '#b84a00', '#6b5b95', '#4d7c0f'],
};

export const dark: Palette = {
  paper: '#12181e',
  ink: '#e6ebf0',
  soft: '#a3b0bc',
  line: '#34404b',
  loss: '#f0883e',
  gain: '#58b4e8',
  mark: '#7cc4ea',
  neutral: '#8794a0',
  lossPale: '#6b4022',
  sea: '#12181e',
  land: '#26303a',
  scale: ['#1d3a4b', '#23566f', '#2f7a9d', '#53a5cb', '#a5daf5'],
  series: ['#58b4e8', '#f0883e', '#b7a3e3', '#a3c957'],
};

/** letters of the evidence, steps of the map: the lower bounds of palette.scale */
export const shareSteps = [0, 0.01, 0.05, 0.2, 0.5] as const;

export function shareColour(p: Palette, share: number): string {
  if (share <= 0) return p.land;
  let k = 0;
  for (let i = 0; i < shareSteps.length; i++) if (share >= (shareSteps[i] as number)) k = i;
  return p.scale[k as 0 | 1 | 2 | 3 | 4];
}
