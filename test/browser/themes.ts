/** VS Code's default dark, light and high-contrast colours, as far as the page map uses them, with the manifest's own. */
import manifest from '../../package.json';

const font = { 'font-family': 'sans-serif', 'font-size': '13px', 'editor-font-family': 'monospace' };

export const themes = {
  dark: {
    ...font,
    foreground: '#cccccc',
    descriptionForeground: '#9d9d9d',
    'editor-background': '#1f1f1f',
    focusBorder: '#0078d4',
    'list-hoverBackground': '#2a2d2e',
    'badge-background': '#616161',
    'badge-foreground': '#f8f8f8',
    'icon-foreground': '#cccccc',
    'statusBar-debuggingBackground': '#0078d4',
    'statusBar-debuggingForeground': '#ffffff',
    'toolbar-hoverBackground': '#5a5d5e50',
    'editorHoverWidget-foreground': '#cccccc',
    'editorHoverWidget-background': '#202020',
    'editorHoverWidget-border': '#454545',
    errorForeground: '#f85149',
    'textLink-foreground': '#4daafc',
    'panel-border': '#2b2b2b',
    ...contributed('dark'),
  },
  light: {
    ...font,
    foreground: '#3b3b3b',
    descriptionForeground: '#3b3b3b',
    'editor-background': '#ffffff',
    focusBorder: '#005fb8',
    'list-hoverBackground': '#f2f2f2',
    'badge-background': '#cccccc',
    'badge-foreground': '#3b3b3b',
    'icon-foreground': '#3b3b3b',
    'statusBar-debuggingBackground': '#fd716c',
    'statusBar-debuggingForeground': '#000000',
    'toolbar-hoverBackground': '#b8b8b850',
    'editorHoverWidget-foreground': '#3b3b3b',
    'editorHoverWidget-background': '#f8f8f8',
    'editorHoverWidget-border': '#c8c8c8',
    errorForeground: '#f85149',
    'textLink-foreground': '#005fb8',
    'panel-border': '#e5e5e5',
    ...contributed('light'),
  },
  highContrast: {
    ...font,
    foreground: '#ffffff',
    descriptionForeground: '#ffffff',
    'editor-background': '#000000',
    focusBorder: '#f38518',
    contrastBorder: '#6fc3df',
    'list-hoverBackground': '#ffffff1a',
    'badge-background': '#000000',
    'badge-foreground': '#ffffff',
    'icon-foreground': '#ffffff',
    'statusBar-debuggingBackground': '#ba592c',
    'statusBar-debuggingForeground': '#ffffff',
    'toolbar-hoverBackground': '#00000000',
    'editorHoverWidget-foreground': '#ffffff',
    'editorHoverWidget-background': '#0c141f',
    'editorHoverWidget-border': '#6fc3df',
    errorForeground: '#f48771',
    'textLink-foreground': '#21a6ff',
    'panel-border': '#6fc3df',
    ...contributed('highContrast'),
  },
};

function contributed(kind: 'dark' | 'light' | 'highContrast'): Record<string, string> {
  return Object.fromEntries(
    manifest.contributes.colors.map(({ id, defaults }) => [id.replace('.', '-'), defaults[kind]]),
  );
}
