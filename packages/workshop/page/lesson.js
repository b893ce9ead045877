// The other language opens at the same heading: both have the same ones.
const toggle = document.querySelector('#other')
const readHeadings = () => [
  ...document.querySelectorAll('main :is(h1, h2, h3)'),
]

const at = Number(/^#h=(\d+)$/.exec(location.hash)?.[1])
if (at) readHeadings()[at]?.scrollIntoView()

toggle.addEventListener('click', () => {
  const above = readHeadings().filter(
    (heading) => heading.getBoundingClientRect().top < innerHeight / 3,
  )
  toggle.hash = above.length > 1 ? `h=${above.length - 1}` : ''
})

const contents = document.querySelector('.contents')
if (matchMedia('(max-width: 60rem)').matches) contents.open = false
