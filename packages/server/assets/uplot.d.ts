// `uplot.js` is served from where the library was installed; these are its types.
export { default } from 'uplot'
